import { canvasStack } from './canvas-stack.ts';

canvasStack('Canvas');
