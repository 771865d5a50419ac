/** A wire mutant: faults on the proxy in front of a healthy server that make it break one requirement. */
import type { Fault, FaultContext } from '../../chaos/index.ts';
import { now } from '../../harness/clock.ts';
import { Random } from '../../spec/random.ts';
import type { Mutant } from '../mutant.ts';
import { Ledger } from './ledger.ts';
import { streamOf } from './surface.ts';
import type { Witness } from './witness.ts';

/** One place where it broke something. */
export interface Plant {
  readonly at_ms: number;
  readonly exchange: number;
  readonly stream: string | null;
  readonly id: number | null;
  /** Body offset, as the target sent the body. */
  readonly offset: number | null;
  readonly header: string | null;
  readonly status: number | null;
  readonly detail: string;
}

export interface MutantTimes {
  readonly heartbeat_ms: number;
  readonly event_latency_ms: number;
}

/** What a mutant works with; one for all proxies of a run, so that its state is one. */
export interface MutantTools {
  /** Fork it by what stands on the wire (an id, an ordinal), never draw in order of arrival. */
  readonly random: Random;
  readonly ledger: Ledger;
  readonly times: MutantTimes;
  plant(
    context: FaultContext,
    what: { readonly detail: string } & Partial<Pick<Plant, 'id' | 'offset' | 'header' | 'status'>>,
  ): void;
}

export interface WireMutant {
  readonly name: string;
  /** What the server seems to do, in one sentence. */
  readonly description: string;
  /** The check that must turn red. */
  readonly killed_by: string;
  readonly also?: readonly string[];
  readonly witness: Witness;
  faults(tools: MutantTools): readonly Fault[];
}

/** Enough to recognise a failure by; a mutant that plants everywhere plants early too. */
const MAX_PLANTS = 20_000;

export interface PlantedMutant {
  /** For the kill matrix: the witness knows what was planted. */
  readonly mutant: Mutant;
  /** For every proxy of the run: in front of the ingress and of each instance. */
  readonly faults: readonly Fault[];
  readonly planted: readonly Plant[];
}

/** Readies a mutant for one run. The same seed and the same traffic plant the same. */
export function plantMutant(wire: WireMutant, seed: number, times: MutantTimes): PlantedMutant {
  const planted: Plant[] = [];
  const ledger = new Ledger();
  const tools: MutantTools = {
    random: new Random(seed).fork(`mutant:${wire.name}`),
    ledger,
    times,
    plant: (context, { detail, id = null, offset = null, header = null, status = null }) => {
      context.bite(detail, offset ?? undefined);
      if (planted.length >= MAX_PLANTS) return;
      const { exchange, request } = context;
      planted.push({ at_ms: now(), exchange, stream: streamOf(request), id, offset, header, status, detail });
    },
  };
  const { name, description, killed_by, also } = wire;
  return {
    mutant: {
      name,
      kind: 'wire',
      description,
      killed_by,
      witness: (failure) => wire.witness(failure, planted),
      ...(also !== undefined && { also }),
    },
    faults: [ledger.fault(), ...wire.faults(tools)],
    planted,
  };
}
