import { ImproperlyConfigured } from '../errors.ts';
import {
  readySerializer,
  registerSerializer,
  requireSerializer,
  type Serializer,
} from './serializer.ts';

/** Serializers whose package is loaded when they are first asked for: by content type and by name, which is their file's. */
const loadable: ReadonlyMap<string, string> = new Map([
  ['yaml', 'yaml'],
  ['application/x-yaml', 'yaml'],
  ['msgpack', 'msgpack'],
  ['application/x-msgpack', 'msgpack'],
]);

/**
 * The serializer of this name or content type, loaded if need be.
 *
 * @throws ImproperlyConfigured when nobody registered it, or its package is not installed
 */
export async function loadSerializer(nameOrType: string): Promise<Serializer> {
  const found = readySerializer(nameOrType);
  if (found) return found;
  const name = loadable.get(nameOrType);
  if (name === undefined) throw unknownSerializer(nameOrType);
  registerSerializer(await load(name));
  return requireSerializer(name);
}

/** Makes all of these ready. @throws ImproperlyConfigured */
export async function loadSerializers(namesOrTypes: Iterable<string>): Promise<void> {
  for (const one of namesOrTypes) if (!readySerializer(one)) await loadSerializer(one);
}

/** That all of these are registered, or can be loaded. @throws ImproperlyConfigured for the first that is not */
export function checkSerializers(namesOrTypes: Iterable<string>): void {
  for (const one of namesOrTypes) {
    if (!readySerializer(one) && !loadable.has(one)) throw unknownSerializer(one);
  }
}

/** By a place that no bundler follows, or every bundle would carry parsers that few need. */
async function load(name: string): Promise<Serializer> {
  const here = import.meta.url;
  const place = new URL(`./${name}${here.slice(here.lastIndexOf('.'))}`, here);
  try {
    const module: Record<string, Serializer> = await import(place.href);
    return module[`${name}Serializer`] as Serializer;
  } catch (cause) {
    const npmPackage = name === 'yaml' ? name : '@msgpack/msgpack';
    throw new ImproperlyConfigured(
      `Serializer '${name}' cannot be loaded. Install its package: npm i ${npmPackage}. In a bundle also name it: ` +
        `import { ${name}Serializer } from 'celery-aws/${name}'; registerSerializer(${name}Serializer);`,
      { cause },
    );
  }
}

function unknownSerializer(name: string): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `There is no serializer '${name}'. Known are json, yaml and msgpack; make your own known by registerSerializer({ name, contentType, ... }).`,
  );
}
