// With queryUrls, part of edge.js: leads /photo.jpg?w=150 to the configured size of that
// width or height, and with f to one of its formats. Any other value gets a 404.

var DIMENSIONS = {/* width, x, height: the name and the format of a size */};

var ALIASES = {jpg: 'jpeg'};

function given(query, name) {
    var one = query[name];
    return one ? (one.multiValue ? 'twice' : one.value) : '';
}

function own(table, key) {
    return Object.prototype.hasOwnProperty.call(table, key) ? table[key] : undefined;
}

function prefixFor(query) {
    var size = own(DIMENSIONS, given(query, 'w') + 'x' + given(query, 'h'));
    var format = own(ALIASES, given(query, 'f')) || given(query, 'f');
    if (!size || !format || format === size[1]) {
        return size && size[0];
    }
    var formats = SIZES[size[0]];
    return formats !== 1 && formats.indexOf(format) >= 0 ? size[0] + '.' + format : '';
}

function leadToSize(request) {
    var query = request.querystring;
    if (!query.w && !query.h) {
        return;
    }
    if (given(query, 'f')) {
        // The format is chosen already.
        delete request.headers.accept;
    }
    request.uri = '/' + (prefixFor(query) || '') + request.uri;
}

