// The published JSON Schemas accept the examples and refuse what is not in them. Needs no server.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const schemaFolder = join(root, 'docs/schemas');
const SUFFIX = '.schema.json';

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
const kinds = existsSync(schemaFolder)
  ? readdirSync(schemaFolder).filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length))
  : [];
// Of some kinds there are many, in a folder of the kind's name.
const kindOf = (file) => (basename(dirname(file)) === 'tests' ? 'tests' : basename(file, '.yaml'));
const examples = filesBelow(join(root, 'examples')).filter((file) => file.endsWith('.yaml'));

test('there are schemas, and every example has one', () => {
  assert.ok(kinds.length > 0, `no *${SUFFIX} in docs/schemas`);
  const orphans = examples.filter((file) => !kinds.includes(kindOf(file)));
  assert.deepEqual(orphans, []);
});

for (const kind of kinds) {
  test(`${kind}: its examples are valid, and a key that it does not know is not`, () => {
    const schema = JSON.parse(readFileSync(join(schemaFolder, kind + SUFFIX), 'utf8'));
    assert.ok(schema.title || schema.description, 'the schema says what it describes');
    const validate = ajv.compile(schema);
    const own = examples.filter((file) => kindOf(file) === kind);
    assert.ok(own.length > 0, `no ${kind}.yaml below examples/`);
    for (const file of own) {
      const value = parse(readFileSync(file, 'utf8'));
      assert.ok(validate(value), `${file}: ${ajv.errorsText(validate.errors)}`);
      assert.ok(!validate({ ...value, key_of_no_kind: 1 }), `${file}: an unknown key is accepted`);
    }
  });
}
