import { canvases } from './canvas-simulation.ts';
import { checkSeeds } from './check-seeds.ts';

checkSeeds(canvases, 0);
