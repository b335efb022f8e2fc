import { fuzz } from './fuzz.ts'

fuzz('test/keeper/fuzz/lenient.test.ts', ['strict, grace 30 s', 'refuses reuse', 'refuses reuse, grace 10 s'])
