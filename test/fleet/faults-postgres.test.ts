import { postgres } from '../servers/needs.ts'
import { describeFaults } from './faults.ts'
import { onPostgres } from './places.ts'

describeFaults('PostgreSQL', postgres, onPostgres)
