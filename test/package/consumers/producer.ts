import { Celery } from 'celery-aws';
import type { sendEmail } from './worker-tasks.js';

const mail = new Celery('shop').ref<typeof sendEmail>('shop.send_email', { queue: 'mail' });

export async function welcome(address: string): Promise<string> {
  const result = await mail.delay(address, 'Welcome');
  return result.id;
}
