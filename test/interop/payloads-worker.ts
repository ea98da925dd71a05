import { Celery, registerSerializer } from '../../lib/index.ts';
import { createWorkerHandler } from '../../lib/lambda/index.ts';
import { msgpackSerializer } from '../../lib/serializers/msgpack.ts';
import { yamlSerializer } from '../../lib/serializers/yaml.ts';

registerSerializer(yamlSerializer);
registerSerializer(msgpackSerializer);

const app = new Celery('payloads', {
  acceptContent: ['json', 'yaml', 'msgpack'],
  resultSerializer: process.env.RESULT_SERIALIZER ?? 'json',
});

app.task('payloads.size', (text: string) => text.length);
app.task('payloads.make', (length: number) => 'x'.repeat(length));
app.task('payloads.echo', (value: unknown) => value);
app.task('payloads.fail', () => {
  throw new RangeError('as asked');
});

export const handler = createWorkerHandler(app);
