import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { expectTypeOf, test } from 'vitest';
import { Celery, type Logger } from '../../lib/index.ts';

test('the logger of Powertools fits as it is, and so does the console', () => {
  const logger: Logger = new PowertoolsLogger({ serviceName: 'shop' });

  expectTypeOf(new Celery('shop', { logger }).logger).toEqualTypeOf<Logger>();
  expectTypeOf<typeof console>().toExtend<Logger>();
});
