import type { Gremio } from './gremio';

const rosa = {
  given_name: 'Rosa',
  family_name: 'Soto Peña',
  rut: '12345678-5',
  email: 'rosa@correo.cl',
  phone: '+56912345678',
  plate: 'BBCL12',
  tier: 'basic',
  consent: { tracking: true, version: '2026-11' },
};

/** Somebody applies: Rosa, but for what is said otherwise. */
export const apply = (gremio: Gremio, over: Partial<typeof rosa> = {}) => gremio.post('/v1/applications', { ...rosa, ...over });
