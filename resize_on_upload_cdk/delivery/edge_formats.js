// Leads a request to the sibling in the format that the viewer prefers. The path is the
// cache key, so no header has to be a part of it.
// https://www.rfc-editor.org/rfc/rfc9110.html#name-accept

// Longer ones are not read: the work for each request has a limit.
var MAX_ACCEPT = 1024;

var MEDIA_TYPE = /^[ \t]*(image\/[a-z]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?[ \t]*$/;

function accepted(request) {
    var header = request.headers.accept;
    if (!header) {
        return '';
    }
    var values = header.multiValue || [header];
    return values.map(function (one) { return one.value; }).join(',');
}

// Only types that are named count: a viewer that accepts */* may show no modern format.
function weights(accept) {
    var found = {};
    if (accept.length > MAX_ACCEPT || accept.indexOf('\\') >= 0) {
        return found;
    }
    accept.toLowerCase().replace(/"[^"]*"/g, '').split(',').forEach(function (range) {
        var match = MEDIA_TYPE.exec(range);
        if (match) {
            var weight = match[2] === undefined ? 1 : Number(match[2]);
            var before = found[match[1]];
            found[match[1]] = before === undefined ? weight : Math.min(before, weight);
        }
    });
    return found;
}

function preferred(formats, accept) {
    var found = weights(accept), best = '', most = 0;
    formats.forEach(function (format) {
        var weight = found['image/' + format] || 0;
        if (weight > most) {
            best = format;
            most = weight;
        }
    });
    return best;
}

function negotiate(request) {
    var slash = request.uri.indexOf('/', 1);
    var name = decoded(request.uri.substring(1, slash));
    var own = Object.prototype.hasOwnProperty.call(SIZES, name);
    if (slash < 0 || !own || SIZES[name] === 1) {
        return;
    }
    var format = preferred(SIZES[name], accepted(request));
    var uri = '/' + name + '.' + format + request.uri.substring(slash);
    if (format && isVariant(uri)) {
        request.uri = uri;
    }
}
