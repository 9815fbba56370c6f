// With versionedUrls, part of edge.js: keeps `v` in the cache key only if it can be a
// version, so that no other values fill the cache with copies of the same image.
function keepOnlyVersions(query) {
    var v = query.v;
    if (v && (v.multiValue || !/^[0-9a-f]{1,8}$/.test(v.value))) {
        delete query.v;
    }
}
