// The browsers inside Facebook, Instagram, WhatsApp and Line lose what was typed when a message
// comes in. There, and only there, the form suggests opening Chrome. Nothing is sent or kept.

const IN_APP = /FBAN|FBAV|FB_IAB|Instagram|WhatsApp|\bLine\/|; wv\)/;
const inAppAdvice = document.getElementById("in-app");

if (inAppAdvice && IN_APP.test(navigator.userAgent)) inAppAdvice.hidden = false;
