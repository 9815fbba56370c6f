// Runs in CloudFront for every response, after its cache and its headers policy: with
// versionedUrls, lets browsers keep a variant for a year under the URL of its version.
// A request for another version gets what there is, with the header of the variant: it
// may have been sent before the variant was replaced.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html

var FOR_EVER = 'public, max-age=31536000, immutable';

// The uploader's own wish, if carryOver copies cache-control.
var NOT_SHARED = /private|no-store|no-cache/i;

function handler(event) {
    var response = event.response, headers = response.headers;
    var asked = event.request.querystring.v;
    var version = headers['x-amz-meta-version'];
    var own = headers['cache-control'];
    if (version && asked && asked.value === version.value &&
            !(own && NOT_SHARED.test(own.value))) {
        headers['cache-control'] = {value: FOR_EVER};
    }
    delete headers['x-amz-meta-version'];
    return response;
}
