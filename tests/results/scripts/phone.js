const scroll = inside.querySelector("#data-1").parentNode;
scroll.scrollLeft = 10000;
const box = scroll.getBoundingClientRect(), name = inside.querySelector("#data-1 tbody .name").getBoundingClientRect();
const ends = [name.left - box.left, name.right - box.left];
return [inside.documentElement.scrollWidth, inside.documentElement.clientWidth, scroll.scrollLeft, ends];
