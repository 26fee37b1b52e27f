// Describes the element from its types and comments: writes custom-elements.json and the tables of docs/embed.md.
//
//	node ui/manifest.mjs          writes both
//	node ui/manifest.mjs --check  fails where they are not what it would write
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript-api'; // the compiler in TypeScript, because the one in Go has no interface for programs yet

const here = import.meta.dirname;
const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path.join(here, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, here);
const program = ts.createProgram([path.join(here, 'src/index.ts')], options);
const checker = program.getTypeChecker();

const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(path.join(here, 'src/index.ts'))))
  .map((s) => (s.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(s) : s));
const named = (name) => exported.find((s) => s.name === name);
const comment = (symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker)).replace(/\s+/g, ' ').trim();
const tags = (symbol, name) => symbol.getJsDocTags(checker).filter((t) => t.name === name).map((t) => {
  const [, of, text] = ts.displayPartsToString(t.text).match(/^(\S+)\s+- (.*)$/s);
  return { name: of, description: text.trim() };
});
const ours = (symbol) => symbol.declarations?.some((d) => d.getSourceFile().fileName.startsWith(path.join(here, 'src')) && !/base\.ts$/.test(d.getSourceFile().fileName));

/** A type in a line: names of fields, and of what they are made of where that is short. */
function shape(type, deep = 1) {
  if (type.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined)) return 'void';
  type = checker.getNonNullableType(type);
  if (type.symbol?.name === 'Config') return 'Config';
  if (checker.isArrayType(type)) return `${shape(checker.getTypeArguments(type)[0], deep)}[]`;
  if (!type.isIntersection() && (!(type.flags & ts.TypeFlags.Object) || !anonymous(type))) return short(checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation));
  const fields = checker.getPropertiesOfType(type).filter((f) => f.name !== 'attached');
  if (fields.length === 0) return checker.getIndexInfosOfType(type).length ? short(checker.typeToString(type)) : '{}';
  return deep === 0 ? 'object' : `{${fields.map((f) => f.name + (f.flags & ts.SymbolFlags.Optional ? '?' : '')).join(', ')}}`;
}

const anonymous = (type) => !type.symbol || ours(type.symbol) || type.symbol.name === '__type';
const short = (text) => text.replace(/Float32Array<\w+>/g, 'Float32Array').replace(/Uint8ClampedArray<\w+>/g, 'Uint8ClampedArray').replaceAll('"', "'");
const typeOf = (symbol) => checker.getTypeOfSymbol(symbol);

function method(symbol) {
  const [signature] = typeOf(symbol).getCallSignatures();
  const parameters = signature.getParameters().map((p) => ({
    name: p.name.startsWith('__') ? 'options' : p.name, optional: checker.isOptionalParameter(p.valueDeclaration) || undefined,
    type: { text: shape(typeOf(p)) },
  }));
  return { kind: 'method', name: symbol.name, description: comment(symbol), parameters, return: { type: { text: `Promise<${shape(checker.getAwaitedType(signature.getReturnType()))}>` } } };
}

function describe() {
  const symbol = named('AutodidactTrainer');
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const members = checker.getPropertiesOfType(type).filter((m) => ours(m) && !m.valueDeclaration?.name?.text?.startsWith('#') && m.name !== 'addEventListener' && !m.getJsDocTags(checker).some((t) => t.name === 'internal'));
  const statics = checker.getPropertyOfType(checker.getTypeOfSymbol(symbol), 'properties').valueDeclaration.initializer;
  const attributes = statics.properties.map((p) => {
    const field = p.name.text, attribute = p.initializer.properties.find((q) => q.name.text === 'attribute')?.initializer.text ?? field;
    const member = members.find((m) => m.name === field);
    return { name: attribute, type: { text: shape(typeOf(member)) }, fieldName: field, description: comment(member) };
  });
  const events = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(named('TrainerEvents')))
    .map((e) => ({ name: e.name, type: { text: `CustomEvent<${shape(typeOf(e))}>` }, description: comment(e) }));
  const fields = members.filter((m) => !(typeOf(m).getCallSignatures().length) && !attributes.some((a) => a.fieldName === m.name))
    .map((m) => ({ kind: 'field', name: m.name, type: { text: m.name === 'trainer' ? 'Trainer' : m.name === 'ready' ? `Promise<${shape(checker.getAwaitedType(typeOf(m)))}>` : shape(typeOf(m)) }, readonly: true, description: comment(m) }));
  return {
    kind: 'class', customElement: true, name: 'AutodidactTrainer', tagName: 'autodidact-trainer', superclass: { name: 'HTMLElement' }, description: comment(symbol),
    attributes, members: [...fields, ...members.filter((m) => typeOf(m).getCallSignatures().length).map(method)], events,
    cssParts: tags(symbol, 'csspart'), cssProperties: tags(symbol, 'cssprop'),
  };
}

function manifest(declaration) {
  return {
    schemaVersion: '1.0.0',
    modules: [
      { kind: 'javascript-module', path: 'dist/index.js', declarations: [declaration], exports: [{ kind: 'js', name: declaration.name, declaration: { name: declaration.name, module: 'dist/index.js' } }] },
      { kind: 'javascript-module', path: 'dist/define.js', exports: [{ kind: 'custom-element-definition', name: declaration.tagName, declaration: { name: declaration.name, module: 'dist/index.js' } }] },
    ],
  };
}

const cell = (text) => text.replaceAll('|', '\\|');
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((r) => `| ${r.map((c) => cell(c)).join(' | ')} |`).join('\n');
const call = (m) => `\`${m.name}(${m.parameters.map((p) => p.name + (p.optional ? '?' : '')).join(', ')})\``;
const inside = (text) => text.replace(/^(?:Promise|CustomEvent)<(.*)>$/s, '$1');
const code = (text) => (text === 'void' ? '' : `\`${text}\``);

function tables(d) {
  const methods = d.members.filter((m) => m.kind === 'method'), fields = d.members.filter((m) => m.kind === 'field');
  return `## Attributes\n\n${table(['attribute', 'type', ''], d.attributes.map((a) => [code(a.name), a.type.text, a.description]))}

## Properties\n\n${table(['property', 'type', ''], fields.map((f) => [code(f.name), code(f.type.text), f.description]))}

## Methods\n\nAll are asynchronous.\n\n${table(['method', 'does', 'resolves with'], methods.map((m) => [call(m), m.description, code(inside(m.return.type.text))]))}

## Events\n\nEach is a CustomEvent that bubbles and is composed.\n\n${table(['event', 'when', 'detail'], d.events.map((e) => [code(e.name), e.description, code(inside(e.type.text))]))}

## CSS parts\n\n${table(['part', ''], d.cssParts.map((p) => [code(p.name), p.description]))}

## CSS custom properties\n\n${table(['property', ''], d.cssProperties.map((p) => [code(p.name), p.description]))}
`;
}

const [begin, end] = ['<!-- written by ui/manifest.mjs -->\n', '<!-- end -->\n'];
const declaration = describe();
const doc = path.join(here, '../docs/embed.md'), old = readFileSync(doc, 'utf8');
const written = {
  [path.join(here, 'custom-elements.json')]: `${JSON.stringify(manifest(declaration), null, 1)}\n`,
  [doc]: `${old.slice(0, old.indexOf(begin))}${begin}\n${tables(declaration)}\n${old.slice(old.indexOf(end))}`,
};
for (const [file, text] of Object.entries(written)) {
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${path.relative(process.cwd(), file)} is not what the types say: run node ui/manifest.mjs`);
    process.exitCode = 1;
  }
}
