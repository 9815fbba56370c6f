// With formats, part of edge_response.js: lets caches behind CloudFront know that a
// response depends on the Accept header. The headers policy cannot: as soon as it has
// CORS, CloudFront decides about Vary.
function varyByAccept(headers) {
    var before = headers.vary && headers.vary.value;
    headers.vary = {value: before ? before + ', Accept' : 'Accept'};
}

