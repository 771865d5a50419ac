/** Bytes both ways, as they are. How one side ends, the other ends. */
import type { Socket } from 'node:net';
import type { SocketReader } from './http/socket-reader.ts';

function passOn(from: Socket, reader: SocketReader, to: Socket): void {
  const rest = reader.release();
  if (rest.length > 0) to.write(rest);
  if (reader.end === null) from.pipe(to);
  else if (reader.end === 'fin') to.end();
  else to.resetAndDestroy();
  from.on('close', (hadError: boolean) => {
    if (hadError) to.resetAndDestroy();
    else to.end();
  });
}

/** Takes both sockets over from their readers, with what these had read and nobody had taken. */
export function tunnel(client: Socket, fromClient: SocketReader, target: Socket, fromTarget: SocketReader): void {
  passOn(client, fromClient, target);
  passOn(target, fromTarget, client);
}
