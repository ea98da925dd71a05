/**
 * Sets a property of the object itself, whatever its name: a plain assignment to `__proto__` would set the prototype,
 * where `JSON.parse` makes it a property like any other.
 */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    (object as Record<string, unknown>)[key] = value;
  }
}
