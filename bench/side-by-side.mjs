/**
 * Measures contenders side by side in one process: warmed up, then in rounds in which each does one batch, in an order
 * that changes. Every round gives a ratio to the first contender, the floor, so that a busy moment of the machine hits
 * both halves of it; `floor, again` is the A/A check, whose ratio ought to be 1.
 *
 * @param contenders `{ name, run(times) }`; `run` does the work so many times.
 * @returns per contender `wall` and `cpu` (microseconds per time) and `wallRatio`, `cpuRatio`, each a {@link spreadOf}.
 */
export async function sideBySide(contenders, { rounds, times, warmUp = times }) {
  const samples = new Map(contenders.map(({ name }) => [name, { wall: [], cpu: [] }]))
  for (const { run } of contenders) await run(warmUp)
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of inOrderOf(round, contenders)) {
      globalThis.gc?.()
      const cpu = process.cpuUsage()
      const start = process.hrtime.bigint()
      await run(times)
      const wall = Number(process.hrtime.bigint() - start) / 1000
      const { user, system } = process.cpuUsage(cpu)
      samples.get(name).wall.push(wall / times)
      samples.get(name).cpu.push((user + system) / times)
    }
  }
  const [floor] = samples.values()
  return contenders.map((contender) => {
    const { wall, cpu } = samples.get(contender.name)
    return {
      ...contender,
      wall: spreadOf(wall),
      cpu: spreadOf(cpu),
      wallRatio: spreadOf(wall.map((value, round) => value / floor.wall[round])),
      cpuRatio: spreadOf(cpu.map((value, round) => value / floor.cpu[round])),
    }
  })
}

/** Forwards and backwards in turn, beginning with another one each round: nobody always follows the same neighbour. */
export function inOrderOf(round, list) {
  const from = round % list.length
  const turned = [...list.slice(from), ...list.slice(0, from)]
  return round % 2 === 0 ? turned : turned.reverse()
}

/** Median and quartiles. */
export function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => {
    const place = (sorted.length - 1) * share
    const below = Math.floor(place)
    const [low, high] = [sorted[below], sorted[Math.ceil(place)]]
    return low + (high - low) * (place - below)
  }
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}
