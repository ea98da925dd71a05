import { checkSeeds } from './check-seeds.ts';
import { singleTasks } from './simulation.ts';

checkSeeds(singleTasks, 0);
