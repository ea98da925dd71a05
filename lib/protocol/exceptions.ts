import {
  CeleryError,
  ChordError,
  ContentDisallowed,
  DecodeError,
  EncodeError,
  Ignore,
  ImproperlyConfigured,
  MaxRetriesExceededError,
  NotRegistered,
  OperationalError,
  QueueNotFound,
  Reject,
  Retry,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
  TimeoutError,
  WorkerLostError,
} from '../errors.ts';
import { isObject } from './envelope.ts';
import { parseJson, stringifyPart } from './json.ts';
import { builtinExceptions, messageOf, PythonError } from './python-exceptions.ts';
import { reprPlainArgs, reprValue } from './python-repr.ts';

/** An exception as a result document holds it. @see celery.backends.base.Backend.prepare_exception */
export interface ExceptionObject {
  /** The class's name; of a nested class `Outer.Inner`. */
  readonly exc_type: string;
  /** The exception's arguments. */
  readonly exc_message: readonly unknown[];
  /** The class's Python module. */
  readonly exc_module: string | null;
}

/** What a task threw, as Celery stores it. */
export interface EncodedException {
  readonly exception: ExceptionObject;
  /** The stack and those of its causes; null for what has none. */
  readonly traceback: string | null;
}

/** Of what has no class in Python: no Python module, so that readers there make a class of the same name. */
const ownModule = 'celery_aws.errors';
const builtins = 'builtins';
const maxCauses = 5;

type Recreate = (message: string, args: readonly unknown[]) => Error;
type ErrorClass = new (message: string) => Error;

/** This library's errors that exist in Python, by their module there. */
const celeryErrors: readonly (readonly [module: string, Readonly<Record<string, Recreate>>])[] = [
  [
    'celery.exceptions',
    {
      CeleryError: by(CeleryError),
      ChordError: by(ChordError),
      Ignore: by(Ignore),
      ImproperlyConfigured: by(ImproperlyConfigured),
      MaxRetriesExceededError: by(MaxRetriesExceededError),
      NotRegistered: by(NotRegistered),
      QueueNotFound: queueNotFound,
      Reject: (_, [reason, requeue]) => new Reject(reason, { requeue: requeue === true }),
      Retry: (message) => new Retry(message, null),
      TaskRevokedError: by(TaskRevokedError),
      TimeoutError: by(TimeoutError),
    },
  ],
  [
    'kombu.exceptions',
    {
      ContentDisallowed: contentDisallowed,
      DecodeError: by(DecodeError),
      EncodeError: by(EncodeError),
      OperationalError: by(OperationalError),
    },
  ],
  [
    'billiard.exceptions',
    {
      SoftTimeLimitExceeded: () => new SoftTimeLimitExceeded(),
      TimeLimitExceeded: (_, [limit]) => new TimeLimitExceeded(Number(limit)),
      WorkerLostError: by(WorkerLostError),
    },
  ],
];
const pythonErrors = {
  ReferenceError: by(ReferenceError),
  SyntaxError: by(SyntaxError),
  TypeError: by(TypeError),
};
const ownErrors = {
  Error: by(Error),
  EvalError: by(EvalError),
  RangeError: by(RangeError),
  URIError: by(URIError),
};

/** All that an exception may be made into, by module and name; whatever is not here is a PythonError of that name. */
const recreations: ReadonlyMap<string, Recreate> = new Map(
  [...celeryErrors, [builtins, pythonErrors] as const, [ownModule, ownErrors] as const].flatMap(
    ([module, classes]) =>
      Object.entries(classes).map(([name, recreate]) => [`${module}.${name}`, recreate] as const),
  ),
);
const moduleOfCeleryError: ReadonlyMap<string, string> = new Map(
  celeryErrors.flatMap(([module, classes]) =>
    Object.keys(classes).map((name) => [name, module] as const),
  ),
);

function by(errorClass: ErrorClass): Recreate {
  return (message) => new errorClass(message);
}

/**
 * Makes an exception object of whatever a task threw, be it an error, a string, `undefined` or an object that throws
 * when it is looked at. Never throws itself.
 *
 * Errors named like a builtin exception of Python are that exception there. An error may bring its own `args` (else
 * its message is the only one) and `excModule`; arguments that JSON cannot carry become their repr.
 */
export function encodeException(error: unknown): EncodedException {
  const type = typeName(error);
  const exception = {
    exc_type: type,
    exc_message: argumentsOf(error).map(encodable),
    exc_module: moduleOf(error, type),
  };
  return { exception, traceback: traceback(error) };
}

/** An exception as Python's `repr` shows it: `ValueError('boom')`. */
export function reprException({ exc_type, exc_message }: ExceptionObject): string {
  const args = reprPlainArgs(exc_message);
  return `${exc_type}${exc_message.length === 1 ? `${args.slice(0, -2)})` : args}`;
}

/**
 * Makes an error of an exception object: one of JavaScript's own, of this library's, or a {@link PythonError}; of an
 * unknown class a PythonError of that name. Never throws, and looks nothing up but in a fixed list.
 *
 * @param traceback The document's traceback, which becomes the error's field `traceback`.
 */
export function decodeException(
  value: unknown,
  traceback: string | null = null,
): Error & { traceback?: string } {
  const error = recreate(value);
  if (traceback === null) return error;
  return Object.defineProperty(error, 'traceback', { value: traceback, configurable: true });
}

function recreate(value: unknown): Error {
  if (!isObject(value) || typeof value.exc_type !== 'string') {
    return named(new PythonError(value), 'Error', null);
  }
  const { exc_type: type, exc_message: message, exc_module } = value;
  const args: readonly unknown[] = Array.isArray(message) ? message : [message ?? ''];
  const module = typeof exc_module === 'string' ? exc_module : null;
  const known = recreations.get(`${module}.${type}`);
  if (known) return known(messageOf(args), args);
  const family = module === builtins ? builtinExceptions.get(type) : undefined;
  return named(new (family ?? PythonError)(...args), type, module);
}

function named(error: PythonError, name: string, module: string | null): PythonError {
  error.name = name;
  error.excModule = module;
  return error;
}

/** Fields are read back from the message, the only thing that travelled. */
function queueNotFound(message: string): QueueNotFound {
  const error = new QueueNotFound(/'([^']*)'/.exec(message)?.[1] ?? message, []);
  error.message = message;
  return error;
}

function contentDisallowed(message: string): ContentDisallowed {
  const error = new ContentDisallowed(/type ([^\s:]+)/.exec(message)?.[1] ?? message, []);
  error.message = message;
  return error;
}

/** Of an error that kept the name `Error`, its class's. Python takes neither NUL nor half a character in a name. */
function typeName(error: unknown): string {
  if (typeof error !== 'object') return 'Error';
  const own = read(error, 'name');
  const name = typeof own === 'string' && own !== '' && own !== 'Error' ? own : className(error);
  return name.replace(/[\0\p{Surrogate}]/gu, '').slice(0, 200) || 'Error';
}

function className(error: unknown): string {
  const name = read(read(error, 'constructor'), 'name');
  return typeof name === 'string' && name !== 'Object' ? name : 'Error';
}

function moduleOf(error: unknown, type: string): string | null {
  const own = read(error, 'excModule');
  if (typeof own === 'string' || own === null) return own;
  if (attempt(() => error instanceof CeleryError))
    return moduleOfCeleryError.get(type) ?? ownModule;
  return builtinExceptions.has(type) ? builtins : ownModule;
}

function argumentsOf(error: unknown): readonly unknown[] {
  if (typeof error === 'string') return [error];
  const args = read(error, 'args');
  const own = Array.isArray(args) ? attempt(() => [...args]) : undefined;
  if (own) return own;
  const message = read(error, 'message');
  if (typeof message === 'string') return message === '' ? [] : [message];
  const shown = error === null || error === undefined ? String(error) : reprValue(message ?? error);
  return [`${shown} was thrown, which is no Error`];
}

/** The argument itself, or what can be told of it. Objects are copied, lest they change until they are written. */
function encodable(arg: unknown): unknown {
  if (arg === undefined) return null;
  const json = attempt(() => stringifyPart(arg, '', 3));
  if (json === undefined) return reprValue(arg);
  return typeof arg === 'object' ? attempt(() => parseJson(json)) : arg;
}

function traceback(error: unknown): string | null {
  const stacks: string[] = [];
  for (let at = error; stacks.length <= maxCauses; at = read(at, 'cause')) {
    const stack = typeof at === 'object' ? read(at, 'stack') : undefined;
    if (typeof stack !== 'string' || stack === '') break;
    stacks.push(stack);
  }
  return stacks.length === 0 ? null : stacks.join('\n\nCaused by: ');
}

/** Any property of anything, undefined where it cannot be read. */
function read(value: unknown, key: string): unknown {
  if (value === null || value === undefined) return undefined;
  return attempt(() => (value as Record<string, unknown>)[key]);
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined; // A getter or proxy of the thrown value threw in turn: there is nothing more to learn from it.
  }
}
