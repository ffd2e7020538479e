/**
 * A worker whose vitest was killed alone waits for it for ever, and with it whatever its tests have started. Here it ends
 * when the channel between the two is closed, however that came.
 */
process.once('disconnect', () => process.exit(1));
