import { testLanes } from './commands.ts';
import { runRounds } from './stages.ts';

/** `npm test`: everything that a change should have passed before anybody else sees it. */
await runRounds(testLanes);
