import { canvasStack } from './canvas-stack.ts';

/** Its queues are its own: what other tests of canvas send is not run here. */
canvasStack('GrowingCanvas');
