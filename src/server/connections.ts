import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * At most so many connections. One more takes the place of the one that has been idle for longest, so that whoever holds many
 * keeps nobody from an answer (ATTACKS 56); where all are at work it is refused.
 */
export function boundConnections(server: Server, most: number): void {
  /** In the order in which they became idle. */
  const idle = new Set<Socket>()
  let open = 0
  server.on('connection', (socket) => {
    open += 1
    idle.add(socket)
    socket.once('close', () => {
      open -= 1
      idle.delete(socket)
    })
    if (open <= most) return
    const [longest = socket] = idle
    longest.destroy()
  })
  server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    response.once('close', () => {
      if (!socket.destroyed) idle.add(socket)
    })
  })
}
