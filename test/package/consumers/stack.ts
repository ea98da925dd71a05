import { App, Stack } from 'aws-cdk-lib';
import { CeleryApp } from 'celery-aws/cdk';

const app = new App();
new CeleryApp(new Stack(app, 'Consumer'), 'Celery', {
  workers: { default: { entry: 'worker.ts' } },
});
app.synth();
