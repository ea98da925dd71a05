/**
 * Awaits a request about something whose name is this run's alone. Where its answer came too late, the SDK has asked
 * again, and was refused because it was done already: such an error, given by its name, is no failure.
 */
export async function evenIfAnsweredLate(
  request: Promise<unknown>,
  doneAlready: string,
): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof Error && error.name === doneAlready)) throw error;
  }
}
