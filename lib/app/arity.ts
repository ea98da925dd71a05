/** How many arguments a handler takes, without `self`. */
export interface Arity {
  /** Those before its first default: they must be given. */
  readonly required: number;
  /** All it declares; Infinity where it takes any number, or where its source does not tell for sure. */
  readonly most: number;
}

/** @param bound The handler's first parameter is `self`. */
export function arityOf(handler: (...args: never[]) => unknown, bound: boolean): Arity {
  const own = bound ? 1 : 0;
  const declared = declaredParameters(Function.prototype.toString.call(handler));
  // A source that contradicts the function is not its own.
  const most = declared < handler.length ? Number.POSITIVE_INFINITY : declared;
  return { required: Math.max(0, handler.length - own), most: Math.max(0, most - own) };
}

/** What stands before the parameters of a function, a method and an arrow function. */
const listHead = /^(?:async\b\s*)?(?:function\b\s*)?\*?\s*[\p{ID_Continue}$#]*\s*\(/u;
/** `x => ...` */
const loneParameter = /^(?:async\s+)?[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>/u;
/** Who looks at all arguments, takes them; what is not JavaScript, hides them. */
const tellsNothing = /\barguments\b|\[native code\]/;

/**
 * The number of parameters in a function's source. JavaScript drops arguments beyond them silently and has no other way
 * to ask: `length` ends at the first default. Whatever takes more than counting commas to read is Infinity.
 */
function declaredParameters(source: string): number {
  if (tellsNothing.test(source)) return Number.POSITIVE_INFINITY;
  if (loneParameter.test(source)) return 1;
  const head = listHead.exec(source);
  return head === null ? Number.POSITIVE_INFINITY : countParameters(source.slice(head[0].length));
}

/** A comment, a text without substitutions, or any one character that is no space. */
const token =
  /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|`(?:\\[\s\S]|[^`\\$])*`|\.{3}|\S/g;

/** @param list What follows the opening parenthesis. */
function countParameters(list: string): number {
  let count = 0;
  let depth = 0;
  let begun = false;
  for (const [text] of list.matchAll(token)) {
    if (text.startsWith('//') || text.startsWith('/*')) continue;
    // A division or a regular expression; a text with substitutions.
    if ('/`\'"'.includes(text)) return Number.POSITIVE_INFINITY;
    if (depth === 0 && text === '...') return Number.POSITIVE_INFINITY;
    if (depth === 0 && text === ')') return begun ? count + 1 : count;
    if (depth === 0 && text === ',') [count, begun] = [count + 1, false];
    else begun = true;
    if ('([{'.includes(text)) depth++;
    else if (')]}'.includes(text)) depth--;
  }
  return Number.POSITIVE_INFINITY;
}
