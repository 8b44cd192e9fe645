import { words } from '../i18n';

/** What each role is for, in a sentence; the server's table says it exactly. */
export const roleWords = words({
  es: {
    admin: 'Lo puede todo: personas, llaves, ajustes y el registro de quién hizo qué.',
    office: 'Decide solicitudes, arma repartos y ve ventas y reportes.',
    desk: 'Vigila los carritos en vivo y atiende alertas y avisos.',
    driver: 'Ve los repartos y confirma lo que entrega.',
    vendor: 'Ve solo su propio carrito; necesita la patente.',
    reader: 'Mira sin cambiar nada.',
  },
  en: {
    admin: 'May do everything: people, keys, settings and the log of who did what.',
    office: 'Decides applications, prepares deliveries, sees sales and reports.',
    desk: 'Watches the carts live and takes care of alerts and sightings.',
    driver: 'Sees deliveries and confirms what was handed over.',
    vendor: 'Sees their own cart only; wants its plate.',
    reader: 'Looks and changes nothing.',
  },
});
