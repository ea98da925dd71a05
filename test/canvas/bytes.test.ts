import { describe, expect, test } from 'vitest';
import { Celery } from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import { messageBytes } from '../../lib/protocol/index.ts';
import { ManualClock, SeededRandom } from '../../lib/testing/index.ts';
import { vectorBytes } from './plans.ts';
import { vectorCommands } from './vector-commands.ts';

/** An application that nobody works for: what it sends stays in its queues. */
function anApp() {
  const [clock, random] = [new ManualClock(Date.UTC(2026, 0, 1)), new SeededRandom(1)];
  const engine = new MemoryEngine({ clock, random });
  const app = new Celery('interop');
  app.useAdapters(engine.adapters(), { clock, random });
  return { app, sent: () => engine.queueNames().flatMap((queue) => engine.messages(queue)) };
}

describe('the messages of a canvas, as they come to SQS', () => {
  test.for(Object.keys(vectorCommands(anApp().app).commands))(
    "have no more bytes than Python's: %s",
    async (name) => {
      const { app, sent } = anApp();

      await vectorCommands(app).commands[name]?.();

      const bytes = sent().reduce((sum, message) => sum + messageBytes(message), 0);
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(vectorBytes(name, sent().length));
    },
  );
});
