// The deployed edge functions as a module for njs, which runs them as CloudFront does.

var handleRequest = (function () {
/* function of viewer requests */
return handler;
})();
var respondLater = (function () {
/* function of viewer responses */
return handler;
})();
var KEYED = [/* parameters in the cache key */];

function request(r) {
    var raw = r.variables.request_uri, query = raw.indexOf('?');
    return {
        method: r.method, uri: query < 0 ? raw : raw.substring(0, query),
        querystring: parsed(r.variables.args || ''),
        headers: acceptHeader(r), cookies: {}
    };
}

function acceptHeader(r) {
    var accept = r.headersIn.Accept;
    return accept === undefined ? {} : {accept: {value: accept}};
}

function parsed(query) {
    var found = {};
    query.split('&').filter(Boolean).forEach(function (one) {
        var name = one.split('=')[0], value = {value: one.substring(name.length + 1)};
        if (!Object.prototype.hasOwnProperty.call(found, name)) {
            found[name] = value;
        } else {
            found[name].multiValue = found[name].multiValue ||
                [{value: found[name].value}];
            found[name].multiValue.push(value);
        }
    });
    return found;
}

function run(r) {
    return handleRequest({request: request(r)});
}

function path(r) {
    var answer = run(r);
    return answer.statusCode ? '' : answer.uri;
}

// Only what is in the cache key is forwarded.
function query(r) {
    var given = run(r).querystring || {}, kept = [];
    KEYED.forEach(function (name) {
        var one = given[name];
        (one ? one.multiValue || [one] : []).forEach(function (each) {
            kept.push(name + '=' + each.value);
        });
    });
    return kept.length ? '?' + kept.join('&') : '';
}

// CloudFront runs the function for no error; it knows headers in lower case.
function filter(r) {
    if (r.status >= 400) {
        return;
    }
    var names = ['Cache-Control', 'x-amz-meta-version', 'Vary'], headers = {};
    names.forEach(function (name) {
        var value = r.headersOut[name];
        if (value) {
            headers[name.toLowerCase()] = {value: String(value)};
        }
    });
    respondLater({request: request(r), response: {headers: headers}});
    names.forEach(function (name) {
        var left = headers[name.toLowerCase()];
        if (left) {
            r.headersOut[name] = left.value;
        } else {
            delete r.headersOut[name];
        }
    });
}

// S3 reads a plus as a space; the local cloud does not.
function s3Path(r) {
    var parts = r.variables.request_uri.split('?');
    parts[0] = parts[0].replace(/[+]/g, '%20');
    return parts.join('?');
}

function respond(r) {
    var answer = run(r);
    for (var name in answer.headers) {
        r.headersOut[name] = answer.headers[name].value;
    }
    r.return(answer.statusCode, answer.body ? answer.body.data : '');
}

export default {path, query, filter, s3Path, respond};
