import type { buildConnector } from 'undici';

const MOST_BYTES = 4 * 1024;

/**
 * Connections from which little is read at a time, and nothing once they are destroyed. undici's parser destroys the
 * connection when a head is too long, and then goes on through all that has come, with an error for each header field.
 */
export const inSmallReads =
  (connect: buildConnector.connector): buildConnector.connector =>
  (options, done) =>
    connect(options, (...[error, socket]) => {
      if (error) {
        done(error, null);
        return;
      }
      const read = socket.read.bind(socket) as (size?: number) => unknown;
      socket.read = (size = Math.min(MOST_BYTES, socket.readableLength)) =>
        socket.destroyed ? null : read(size === 0 ? undefined : size);
      done(null, socket);
    });
