// Runs in CloudFront for every request, before its cache: answers 404 for a path that
// is not a size and a key, so that neither S3 nor the function is asked.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html

var SIZES = {/* every configured size: 1, or the formats of its siblings */};

// S3 answers a longer key with its own 400. Each byte may be percent-encoded.
var MAX_KEY_BYTES = 1024, MAX_PATH = 3 * MAX_KEY_BYTES + 1;

var NOT_FOUND = {
    statusCode: 404,
    statusDescription: 'Not Found',
    headers: {
        'cache-control': {value: 'public, max-age=60'},
        'content-type': {value: 'text/plain; charset=utf-8'}
    },
    body: {encoding: 'text', data: 'not-found\n'}
};

// A preflight request, which must not have an image made.
var NO_CONTENT = {
    statusCode: 204,
    statusDescription: 'No Content',
    headers: {
        'allow': {value: 'GET, HEAD, OPTIONS'},
        'cache-control': {value: 'public, max-age=60'}
    }
};

function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch (error) {
        return '';  // not UTF-8
    }
}

// Of the variant's key, which is the path without the slash before it.
function keyBytes(path) {
    return path.replace(/%../g, '-').length - 1;
}

function isVariant(path) {
    var slash = path.indexOf('/', 1);
    if (slash < 0 || path.length > MAX_PATH || keyBytes(path) > MAX_KEY_BYTES) {
        return false;
    }
    var key = decoded(path.substring(slash + 1));
    return Object.prototype.hasOwnProperty.call(SIZES, decoded(path.substring(1, slash))) &&
        key !== '' && key.charAt(key.length - 1) !== '/' && key.indexOf('\0') < 0;
}

function handler(event) {
    if (event.request.method === 'OPTIONS') {
        return NO_CONTENT;
    }
    // queryUrls: leadToSize(event.request);
    // formats: negotiate(event.request);
    // versionedUrls: keepOnlyVersions(event.request.querystring);
    return isVariant(event.request.uri) ? event.request : NOT_FOUND;
}
