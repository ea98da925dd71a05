export { DeadLetters, type DeadLettersOptions, deadLetters, type Which } from './dead-letters.ts';
export type { DeadLetter, LetterContent } from './letter.ts';
export type { LetterChanges } from './return-letter.ts';
