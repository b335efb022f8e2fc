import { fuzz } from './fuzz.ts'

fuzz('test/keeper/fuzz/strict.test.ts', ['never rotates', 'strict', 'strict, grace 5 s', 'strict, grace 10 s'])
