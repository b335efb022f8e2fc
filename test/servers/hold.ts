import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'

/** A process that starts both servers, prints their ports, and never ends by itself. */
const servers = [await startRedis(), await startPostgres()]
process.stdout.write(JSON.stringify(servers.map(({ port, folder }) => ({ port, folder }))))
setInterval(() => {}, 1_000)
