#!/usr/bin/python3
"""Writes sklearn.json, what scikit-learn answers where core/probe answers too, for golden_test.go.

With Debian 12's python3-sklearn (scikit-learn 1.2.1, NumPy 1.24.2):

    apt-get install python3-sklearn
    /usr/bin/python3 core/probe/testdata/golden.py

Samples are of scikit-learn's own sets; the last set, whose samples are of several classes, is generated.
"""
import json
import os
import warnings

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_iris, load_wine, make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score, recall_score, silhouette_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.preprocessing import MultiLabelBinarizer, StandardScaler, normalize

warnings.simplefilter('error')  # what did not converge is no golden
NEIGHBORS, TEMPERATURE, CENTROID_TEMPERATURE = 20, 0.07, 0.1
CLOSE = 2e-6  # cosines nearer than that may come in another order in float32


def split(rows, labels, of, seed):
    """The first `of` samples of a fixed shuffle, a third of them to ask about. In float32, which is what Go begins with."""
    at = np.random.RandomState(seed).permutation(len(rows))[:of]
    rows, labels = np.asarray(rows, np.float32).astype(float)[at], np.asarray(labels)[at]
    third = of // 3
    return rows[third:], labels[third:], rows[:third], labels[:third]


def standardised(train, test):
    """Mean 0 and deviation 1. What never changes becomes 0; StandardScaler would leave what changes only in test."""
    s = StandardScaler().fit(train)
    changes = train.std(0) > 0
    return s.transform(train) * changes, s.transform(test) * changes


def weights(distances):
    return np.exp((1 - distances) / TEMPERATURE)


def doubtful(train, test):
    """Samples of test of which it is a matter of rounding who the neighbours are that vote."""
    cosines = -np.sort(-normalize(test) @ normalize(train).T, axis=1)
    return np.flatnonzero(cosines[:, NEIGHBORS - 1] - cosines[:, NEIGHBORS] < CLOSE).tolist()


def vote(train, y, test):
    k = KNeighborsClassifier(NEIGHBORS, weights=weights, metric='cosine', algorithm='brute').fit(normalize(train), y)
    p = k.predict_proba(normalize(test))
    if y.ndim == 2:  # of each class: no, yes
        p = np.stack([each[:, 1] for each in p], axis=1)
    return p


def centroid(train, y, test):
    """NearestCentroid's means, compared by cosine: its own rule goes by the distance to means that are shorter than rows."""
    means = normalize(NearestCentroid().fit(normalize(train), y).centroids_)
    p = np.exp(normalize(test) @ means.T / CENTROID_TEMPERATURE)
    return p / p.sum(1, keepdims=True)


def regression(decay, n):
    # Its loss is ours times n·C if C is 1 / (decay·n). By Newton's steps: its L-BFGS stops up to 6e-5 away in shares.
    return LogisticRegression(C=1 / (decay * n), solver='newton-cg', tol=1e-6, max_iter=10000)


def numbers(x):
    """Without what a JSON file need not say: 0 for 0.0."""
    return [int(v) if v == int(v) else v for v in np.round(np.asarray(x, float).ravel(), 6).tolist()]


def grade(says, labels):
    """Of what is said of samples that are of one class each."""
    are = np.unique(labels)  # else a class that is only ever said would count as one more F1 of 0
    return {
        'accuracy': accuracy_score(labels, says),
        'balanced': balanced_accuracy_score(labels, says),
        'f1': f1_score(labels, says, labels=are, average='macro'),
        'confusion': confusion_matrix(labels, says).tolist(),
    }


def answer(p, classes, labels, doubts=()):
    says = classes[p.argmax(1)]
    return {'shares': numbers(p), 'says': says.tolist(), 'doubtful': list(doubts), **grade(says, labels)}


def alone(train, y):
    """What the others of train say of each."""
    each = [(np.delete(train, i, 0), np.delete(y, i), train[i:i + 1]) for i in range(len(y))]
    classes = np.unique(y)
    return {'says': [str(classes[vote(*one).argmax()]) for one in each],
            'doubtful': [i for i, (others, _, one) in enumerate(each) if doubtful(others, one)]}


def groups(train, k):
    """k-means from the first k samples until nobody moves."""
    m = KMeans(k, init=train[:k], n_init=1, tol=0, max_iter=100, algorithm='lloyd').fit(train)
    return {'k': k, 'of': m.labels_.tolist(), 'inertia': m.inertia_, 'silhouette': silhouette_score(train, m.labels_)}


def layout(train, labels, test, asked):
    rows = lambda x, l: {'rows': numbers(x), 'labels': list(l)}
    return {'width': train.shape[1], 'train': rows(train, labels), 'test': rows(test, asked)}


def one_class(rows, labels, of, seed):
    train, y, test, asked = split(rows, labels, of, seed)
    classes, (x, z) = np.unique(y), standardised(train, test)
    out = {
        'knn': answer(vote(train, y, test), classes, asked, doubtful(train, test)),
        'knn standardised': answer(vote(x, y, z), classes, asked, doubtful(x, z)),
        'centroid': answer(centroid(train, y, test), classes, asked),
        'centroid standardised': answer(centroid(x, y, z), classes, asked),
    }
    for decay in 0.1, 0.01:
        out[f'linear {decay}'] = answer(regression(decay, len(x)).fit(x, y).predict_proba(z), classes, asked)
    nearest = KNeighborsClassifier(1, algorithm='brute').fit(train, y).predict(test)
    out['nearest'] = {'shares': numbers(nearest[:, None] == classes), 'says': nearest.tolist(), 'doubtful': [], **grade(nearest, asked)}
    return {**layout(train, y, test, asked), 'answers': out, 'alone': alone(train, y), 'groups': groups(train, len(classes))}


def several_classes(seed):
    rows, member = make_multilabel_classification(210, 12, n_classes=5, n_labels=2, allow_unlabeled=False, random_state=seed)
    names = np.array(['bird', 'cloud', 'river', 'stone', 'tree'])
    joined = np.array(['|'.join(names[m == 1]) for m in member])
    train, labels, test, asked = split(rows, joined, len(rows), seed)
    binary = MultiLabelBinarizer(classes=names).fit([names])
    y, is_ = (binary.transform([l.split('|') for l in which]) for which in (labels, asked))
    x, z = standardised(train, test)

    def graded(p, doubts=()):
        says = p > 0.5
        none = ~says.any(1)
        says[none, p[none].argmax(1)] = True  # core/probe always says something: the likeliest
        return {'shares': numbers(p), 'says': ['|'.join(names[s]) for s in says], 'doubtful': list(doubts),
                'accuracy': accuracy_score(is_, says), 'balanced': recall_score(is_, says, average='macro'),
                'f1': f1_score(is_, says, average='macro')}

    out = {'knn': graded(vote(train, y, test), doubtful(train, test)), 'knn standardised': graded(vote(x, y, z), doubtful(x, z))}
    for decay in 0.1, 0.01:
        out[f'linear {decay}'] = graded(OneVsRestClassifier(regression(decay, len(x))).fit(x, y).predict_proba(z))
    return {**layout(train, labels, test, asked), 'answers': out}


def uneven():
    """Many of some classes and few of others; dew is never said, ash only said."""
    r = np.random.RandomState(6)
    labels = r.choice(['bay', 'cap', 'dew', 'elm'], 200, p=[0.8, 0.1, 0.04, 0.06])
    says = np.where(r.rand(200) < 0.6, labels, r.choice(['ash', 'bay', 'cap', 'elm'], 200))
    says[says == 'dew'] = 'bay'
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # it warns of classes that are only said
        return {'labels': labels.tolist(), 'says': says.tolist(), **grade(says, labels)}


def main():
    iris, wine, digits = load_iris(), load_wine(), load_digits()
    words = np.array(['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'])
    sets = {
        'iris': one_class(iris.data, iris.target_names[iris.target], 150, 1),
        'wine': one_class(wine.data, wine.target_names[wine.target], 178, 2),
        'digits': one_class(digits.data, words[digits.target], 600, 5),  # of this split one pixel changes in test only
        'several': several_classes(4),
    }
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'sklearn.json'), 'w') as f:
        lines = [json.dumps(name) + ':' + json.dumps(s, separators=(',', ':')).replace('],"', '],\n"').replace('},"', '},\n"') for name, s in sets.items()]
        f.write('{"scikit-learn":' + json.dumps(sklearn.__version__) + ',\n"sets":{\n' + ',\n'.join(lines) + '},\n"uneven":' + json.dumps(uneven(), separators=(',', ':')) + '}\n')
    for name, s in sets.items():
        for way, a in s['answers'].items():
            print(f"{name:8} {way:22} accuracy {a['accuracy']:.4f} balanced {a['balanced']:.4f} F1 {a['f1']:.4f} doubtful {len(a['doubtful'])}")


if __name__ == '__main__':
    main()
