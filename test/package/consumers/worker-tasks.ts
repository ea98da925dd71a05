import { Celery } from 'celery-aws';
import { render } from 'heavy-dependency';

export const app = new Celery('shop');
export const sendEmail = app.task('shop.send_email', (to: string, subject: string) =>
  render(to, subject),
);
