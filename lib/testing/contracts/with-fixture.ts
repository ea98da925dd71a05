/** Something a test works with, made for it alone. */
export interface Fixture {
  close(): Promise<void>;
}

/** Makes the body of a test that gets a fixture of its own, closed whatever happens. */
export function withFixture<F extends Fixture>(
  create: () => Promise<F>,
): (body: (fixture: F) => Promise<void>) => () => Promise<void> {
  return (body) => async () => {
    const fixture = await create();
    try {
      await body(fixture);
    } finally {
      await fixture.close();
    }
  };
}
