/** What was thrown, as a text for people. Never throws, whatever looking at it does. */
export function thrownText(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something unreadable';
  }
}
