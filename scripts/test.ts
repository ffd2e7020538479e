import { testLanes } from './commands.ts';
import { runLanes } from './stages.ts';

/** `npm test`: everything that a change should have passed before anybody else sees it. */
if (!(await runLanes(testLanes))) process.exitCode ??= 1;
