#!/usr/bin/python3
"""Writes texts.json, what scikit-learn answers on verses of the King James Bible, and ridge.json, what it answers on
noisy points, for golden_test.go.

With Debian 12's python3-sklearn (scikit-learn 1.2.1) and bible-kjv, whose text is in the public domain:

    apt-get install python3-sklearn bible-kjv
    /usr/bin/python3 core/baseline/testdata/golden.py

The first 40 verses of each of four books; every fifth is asked about.
"""
import json
import os
import re
import subprocess

import numpy as np
import sklearn
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB, MultinomialNB

BOOKS = {'Ge': 'gen1:1-gen2:15', 'Isa': 'isa40:1-isa42:10', 'Luke': 'luke2:1-luke2:52', 'Psa': 'ps1:1-ps6:10'}


def verses():
    texts, labels = [], []
    for book, where in BOOKS.items():
        lines = subprocess.run(['bible', '-f', where], capture_output=True, text=True, check=True).stdout.splitlines()
        found = [m[1] for m in (re.match(r'^\S+?\s?\d+:\d+\s+(.*)', line) for line in lines) if m][:40]
        assert len(found) == 40, (book, len(found))
        texts += found
        labels += [book] * 40
    return texts, labels


def rounded(x):
    return [round(float(v), 7) for v in np.asarray(x).ravel()]


def ridge():
    """30 samples of 60 features in three classes, of which 10 are tested."""
    chance, kind = np.random.RandomState(1), np.arange(40) % 3
    x = chance.normal(size=(3, 60))[kind] + 3.5 * chance.normal(size=(40, 60))
    x = x.astype(np.float32).astype(float)
    given = x[:30] - x[:30].mean(0)
    unit = (given ** 2).sum() / 30  # the mean squared length
    penalties = np.array([1e-3, 1e-2, 1e-1, 1, 10, 100])
    fit = RidgeClassifierCV(penalties * unit, store_cv_values=True).fit(x[:30], kind[:30])
    at = int(np.argmin(abs(penalties * unit - fit.alpha_)))
    out = {'x': rounded(x), 'penalty': float(penalties[at]), 'scores': rounded(fit.decision_function(x[30:])),
           'squares': [float(v) for v in fit.cv_values_.sum((0, 1))]}
    print('ridge penalty', out['penalty'], 'accuracy', float((fit.predict(x[30:]) == kind[30:]).mean()), out['squares'])
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'ridge.json'), 'w') as f:
        f.write(json.dumps(out, separators=(',', ':')).replace('],', '],\n') + '\n')


def main():
    ridge()
    texts, labels = verses()
    y = np.array(labels)
    asked = np.arange(len(y)) % 5 == 4
    # Terms of two texts or more, by all texts; as many as have a term decide its column, then the alphabet.
    counter = CountVectorizer(min_df=2)
    counts = counter.fit_transform(texts)
    tfidf = TfidfVectorizer(min_df=2, sublinear_tf=True)
    rows = tfidf.fit_transform(texts)
    names = tfidf.get_feature_names_out()
    seen = np.asarray(counts[~asked].sum(0)).ravel() > 0  # naive Bayes knows the terms of what is given

    out = {'scikit-learn': sklearn.__version__, 'texts': texts, 'labels': labels, 'answers': {}}
    out['tfidf'] = [{names[c]: round(float(v), 7) for c, v in zip(row.indices, row.data)} for row in rows]

    def answer(name, model, x, target=y):
        p = model.fit(x[~asked], target[~asked]).predict_proba(x[asked])
        out['answers'][name] = {'probabilities': rounded(p), 'accuracy': float((model.classes_[p.argmax(1)] == y[asked]).mean())}

    for c in 1, 10, 100:
        regression = LogisticRegression(C=c, multi_class='multinomial', solver='newton-cg', tol=1e-6, max_iter=10000)
        answer(f'logistic {c}', regression, rows)
    for alpha in 1, 0.1:
        answer(f'multinomial {alpha}', MultinomialNB(alpha=alpha), counts[:, seen])
        answer(f'complement {alpha}', ComplementNB(alpha=alpha), rows[:, seen])
    # Of several classes: each verse is also old or new.
    member = np.array([[l == c for c in sorted(BOOKS)] + [l == 'Luke', l != 'Luke'] for l in labels]).astype(int)
    each = OneVsRestClassifier(LogisticRegression(C=10, solver='newton-cg', tol=1e-6, max_iter=10000)).fit(rows[~asked], member[~asked])
    out['answers']['several 10'] = {'probabilities': rounded(each.predict_proba(rows[asked])), 'accuracy': 0}
    where = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'texts.json')
    with open(where, 'w') as f:
        f.write(json.dumps(out, ensure_ascii=False, separators=(',', ':')).replace('},', '},\n').replace('],', '],\n') + '\n')
    for name, a in out['answers'].items():
        print(f"{name:16} accuracy {a['accuracy']:.4f}")


if __name__ == '__main__':
    main()
