// What CloudFront checks if a distribution trusts keys: a signed URL, or signed cookies.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PrivateContent.html
// Written for njs, which has neither for-of nor destructuring.

var KEYS = {/* id of a trusted key: its PEM */};

var SIGNING = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];
var HASHES = {SHA1: 'SHA-1', SHA256: 'SHA-256'};

function has(map, name) {
    return Object.prototype.hasOwnProperty.call(map, name);
}

function bytes(text) {
    return Buffer.from(
        text.replace(/-/g, '+').replace(/_/g, '=').replace(/~/g, '/'), 'base64');
}

// What is between separators: {signing: name → value, others: [text]}.
function parts(text, separator, prefix) {
    var found = {signing: {}, others: []};
    text.split(separator).forEach(function (part) {
        var equals = part.indexOf('=');
        var name = equals < 0 ? part : part.substring(0, equals);
        var isSigning = name.indexOf(prefix) === 0 &&
            SIGNING.indexOf(name.substring(prefix.length)) >= 0;
        if (isSigning) {
            name = name.substring(prefix.length);
            if (!has(found.signing, name)) {
                found.signing[name] = part.substring(equals + 1);
            }
        } else if (part) {
            found.others.push(part);
        }
    });
    return found;
}

// A URL's signature takes precedence over that of cookies.
function signatureOf(request) {
    var query = parts(request.query, '&', '');
    var inCookies = parts(request.cookies.replace(/;\s*/g, ';'), ';', 'CloudFront-');
    var resource = request.url;
    if (query.others.length) {
        resource += '?' + query.others.join('&');
    }
    var isInUrl = Object.keys(query.signing).length > 0;
    return {given: isInUrl ? query.signing : inCookies.signing, resource: resource};
}

function canned(resource, expires) {
    return '{"Statement":[{"Resource":"' + resource +
        '","Condition":{"DateLessThan":{"AWS:EpochTime":' + expires + '}}}]}';
}

async function isSigned(given, text) {
    var name = has(given, 'Hash-Algorithm') ? given['Hash-Algorithm'] : 'SHA1';
    if (!has(HASHES, name)) {
        return false;
    }
    var algorithm = {name: 'RSASSA-PKCS1-v1_5', hash: HASHES[name]};
    var der = Buffer.from(
        KEYS[given['Key-Pair-Id']].replace(/-----[^-]+-----|\s/g, ''), 'base64');
    var key = await crypto.subtle.importKey('spki', der, algorithm, false, ['verify']);
    return crypto.subtle.verify(
        algorithm, key, bytes(given.Signature || ''), Buffer.from(text));
}

function matches(pattern, url) {
    var escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    var expression = escaped.replace(/\*/g, '.*').replace(/\?/g, '.');
    return new RegExp('^' + expression + '$').test(url);
}

function number(address) {
    return address.split('.').reduce(function (sum, one) {
        return sum * 256 + Number(one);
    }, 0);
}

function isFrom(network, address) {
    var ends = network.split('/'), size = Math.pow(2, 32 - Number(ends[1] || 32));
    return Math.floor(number(ends[0]) / size) === Math.floor(number(address) / size);
}

// Whether a policy of the signer's own admits a request.
function admits(policy, resource, request) {
    var statement = policy.Statement[0], condition = statement.Condition;
    var until = condition.DateLessThan['AWS:EpochTime'];
    var from = condition.DateGreaterThan;
    var network = condition.IpAddress;
    return policy.Statement.length === 1 &&
        (!has(statement, 'Resource') || matches(statement.Resource, resource)) &&
        typeof until === 'number' && request.seconds < until &&
        (!from || request.seconds > from['AWS:EpochTime']) &&
        (!network || isFrom(network['AWS:SourceIp'], request.address));
}

// '' if the request is admitted, else CloudFront's code of the reason. A request has
// url, query, cookies, address, and the seconds of the epoch.
async function refusal(request) {
    var found = signatureOf(request), given = found.given;
    if (!has(given, 'Key-Pair-Id')) {
        return 'MissingKey';
    }
    if (!has(KEYS, given['Key-Pair-Id'])) {
        return 'InvalidKey';
    }
    var isCustom = has(given, 'Policy');
    if (!isCustom && !/^[0-9]{1,12}$/.test(given.Expires || '')) {
        return 'MalformedExpires';
    }
    var text = isCustom
        ? bytes(given.Policy).toString() : canned(found.resource, given.Expires);
    if (!await isSigned(given, text)) {
        return 'AccessDenied';
    }
    try {
        var isAdmitted = isCustom
            ? admits(JSON.parse(text), found.resource, request)
            : request.seconds < Number(given.Expires);
        return isAdmitted ? '' : 'AccessDenied';
    } catch (error) {
        return 'MalformedPolicy';
    }
}

// nginx asks before everything else; the code goes on to `refused`.
async function check(r) {
    var raw = r.variables.request_uri, mark = raw.indexOf('?');
    var code = await refusal({
        url: r.variables.scheme + '://' + r.variables.http_host +
            (mark < 0 ? raw : raw.substring(0, mark)),
        query: mark < 0 ? '' : raw.substring(mark + 1),
        cookies: r.headersIn.Cookie || '',
        address: r.variables.remote_addr,
        seconds: Date.now() / 1000
    });
    r.headersOut['X-Refusal'] = code;
    r.return(code ? 403 : 204);
}

function refused(r) {
    r.headersOut['Content-Type'] = 'text/xml';
    r.return(403, '<?xml version="1.0" encoding="UTF-8"?><Error><Code>' +
        (r.variables.refusal || 'AccessDenied') + '</Code></Error>');
}

export default {refusal, check, refused};
