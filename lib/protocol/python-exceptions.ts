import { reprArgs } from './python-repr.ts';

/**
 * An exception in Python's shape: a class name, a module, and arguments of which the message is made. Throw one of
 * its children and Python catches it as itself; what Python raised comes back as one of them. An exception that
 * JavaScript knows no class for comes back as a plain `PythonError` of that name.
 *
 * @example `throw new ValueError('no such size', 42)`
 */
export class PythonError extends Error {
  override name = 'PythonError';
  /** What Python calls `exc.args`. */
  readonly args: readonly unknown[];
  /** The Python module of the class. */
  excModule: string | null = 'builtins';

  constructor(...args: unknown[]) {
    super(messageOf(args));
    this.args = args;
  }
}

export class ArithmeticError extends PythonError {
  override name = 'ArithmeticError';
}
export class OverflowError extends ArithmeticError {
  override name = 'OverflowError';
}
export class ZeroDivisionError extends ArithmeticError {
  override name = 'ZeroDivisionError';
}
export class AssertionError extends PythonError {
  override name = 'AssertionError';
}
export class AttributeError extends PythonError {
  override name = 'AttributeError';
}
export class ImportError extends PythonError {
  override name = 'ImportError';
}
export class LookupError extends PythonError {
  override name = 'LookupError';
}
export class IndexError extends LookupError {
  override name = 'IndexError';
}
export class KeyError extends LookupError {
  override name = 'KeyError';
}
export class NameError extends PythonError {
  override name = 'NameError';
}
/** Also what Python calls `IOError`. Its arguments are number and text: `new OSError(2, 'No such file or directory')`. */
export class OSError extends PythonError {
  override name = 'OSError';
}
export class ConnectionError extends OSError {
  override name = 'ConnectionError';
}
export class FileNotFoundError extends OSError {
  override name = 'FileNotFoundError';
}
export class PermissionError extends OSError {
  override name = 'PermissionError';
}
export class RuntimeError extends PythonError {
  override name = 'RuntimeError';
}
export class NotImplementedError extends RuntimeError {
  override name = 'NotImplementedError';
}
export class ValueError extends PythonError {
  override name = 'ValueError';
}

export type PythonErrorClass = new (...args: unknown[]) => PythonError;

/** Each class and the builtin exceptions that are read as it: their own name stays. */
const families: readonly (readonly [PythonErrorClass, string])[] = [
  [ArithmeticError, 'ArithmeticError FloatingPointError'],
  [OverflowError, 'OverflowError'],
  [ZeroDivisionError, 'ZeroDivisionError'],
  [AssertionError, 'AssertionError'],
  [AttributeError, 'AttributeError'],
  [ImportError, 'ImportError ModuleNotFoundError'],
  [LookupError, 'LookupError'],
  [IndexError, 'IndexError'],
  [KeyError, 'KeyError'],
  [NameError, 'NameError UnboundLocalError'],
  [
    OSError,
    'OSError IOError EnvironmentError BlockingIOError ChildProcessError FileExistsError InterruptedError',
  ],
  [OSError, 'IsADirectoryError NotADirectoryError ProcessLookupError TimeoutError'],
  [
    ConnectionError,
    'ConnectionError BrokenPipeError ConnectionAbortedError ConnectionRefusedError',
  ],
  [ConnectionError, 'ConnectionResetError'],
  [FileNotFoundError, 'FileNotFoundError'],
  [PermissionError, 'PermissionError'],
  [RuntimeError, 'RuntimeError RecursionError'],
  [NotImplementedError, 'NotImplementedError'],
  [ValueError, 'ValueError UnicodeError'],
  [PythonError, 'Exception BufferError EOFError MemoryError ReferenceError StopAsyncIteration'],
  [PythonError, 'StopIteration SyntaxError IndentationError TabError SystemError TypeError'],
  [PythonError, 'Warning BytesWarning DeprecationWarning EncodingWarning FutureWarning'],
  [PythonError, 'ImportWarning PendingDeprecationWarning ResourceWarning RuntimeWarning'],
  [PythonError, 'SyntaxWarning UnicodeWarning UserWarning'],
];

/**
 * Python's builtin exceptions, by name, and the class each is read as. Left out are those that would end the process
 * which reads the result (SystemExit, KeyboardInterrupt, GeneratorExit) and those that cannot be made of a message
 * (UnicodeDecodeError, ExceptionGroup and their like).
 */
export const builtinExceptions: ReadonlyMap<string, PythonErrorClass> = new Map(
  families.flatMap(([family, names]) => names.split(' ').map((name) => [name, family] as const)),
);

/** As Python's `str(exc)`: a single argument is the message, several are shown as a tuple. */
export function messageOf(args: readonly unknown[]): string {
  if (args.length === 0) return '';
  return args.length === 1 && typeof args[0] === 'string' ? args[0] : reprArgs(args);
}
