/** As much of a logger as this folder needs; pino is one. Messages are constant, what varies is a field. */
export interface KubeLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
