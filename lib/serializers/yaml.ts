import { parseDocument } from 'yaml';
import { DecodeError } from '../errors.ts';
import { type Serializer, textOf } from './serializer.ts';
import { writeValue } from './write-value.ts';
import { pythonTags } from './yaml-tags.ts';
import { yamlFormat } from './yaml-write.ts';

/** Aliases of one list or object that a text may hold: Python writes one for each repeated object. */
const maxAliasCount = 10_000;

/**
 * YAML 1.1 as PyYAML's `safe_load` and `safe_dump` have it: texts, numbers, lists and objects, datetimes, dates and bytes.
 *
 * @see kombu.serialization.register_yaml
 */
export const yamlSerializer: Serializer = {
  name: 'yaml',
  contentType: 'application/x-yaml',
  contentEncoding: 'utf-8',
  encode: (value) => `${writeValue(value, yamlFormat)}\n`,
  decode(body) {
    const text = textOf(body, 'YAML');
    try {
      return readYaml(text);
    } catch (cause) {
      throw new DecodeError(`Not YAML: ${(cause as Error).message}`, { cause });
    }
  },
};

function readYaml(text: string): unknown {
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'failsafe',
    customTags: [...pythonTags],
    merge: true,
    // As for Python, the last of several members with one name counts.
    uniqueKeys: false,
    prettyErrors: false,
  });
  // A tag that nobody knows is a warning to the package; PyYAML's safe_load refuses it.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw problem;
  return document.toJS({ maxAliasCount });
}
