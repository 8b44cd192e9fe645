import { words } from '../i18n';

/** What each role is for, in a sentence; the server's table says it exactly. */
export const roleWords = words({
  es: {
    admin: 'Lo puede todo: personas, llaves, ajustes y el registro de quién hizo qué.',
    office: 'Miembros, ventas y repartos: decide solicitudes, anula ventas y da llaves a los carritos.',
    desk: 'Vigila los carritos en vivo y atiende alertas y avisos.',
    driver: 'Ve los carritos y los repartos, y confirma lo que entrega.',
    vendor: 'Ve solo su propio carrito; necesita la patente.',
    reader: 'Mira sin cambiar nada.',
  },
  en: {
    admin: 'May do everything: people, keys, settings and the log of who did what.',
    office: 'Members, sales and deliveries: decides applications, voids sales, gives carts their keys.',
    desk: 'Watches the carts live and takes care of alerts and sightings.',
    driver: 'Sees carts and deliveries, and confirms what was handed over.',
    vendor: 'Sees their own cart only; wants its plate.',
    reader: 'Looks and changes nothing.',
  },
});
