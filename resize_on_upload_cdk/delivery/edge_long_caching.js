// With versionedUrls, part of edge_response.js: lets browsers keep a variant for a year
// under the URL of its version. A request for another version gets what there is, with
// the header of the variant: it may have been sent before the variant was replaced.

var FOR_EVER = 'public, max-age=31536000, immutable';

// The uploader's own wish, if carryOver copies cache-control.
var NOT_SHARED = /private|no-store|no-cache/i;

function keepForEver(event) {
    var headers = event.response.headers;
    var asked = event.request.querystring.v;
    var version = headers['x-amz-meta-version'];
    var own = headers['cache-control'];
    if (version && asked && asked.value === version.value &&
            !(own && NOT_SHARED.test(own.value))) {
        headers['cache-control'] = {value: FOR_EVER};
    }
    delete headers['x-amz-meta-version'];
}

