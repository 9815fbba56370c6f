// Runs in CloudFront for every response, after its cache and its headers policy.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html

function handler(event) {
    // formats: varyByAccept(event.response.headers);
    // versionedUrls: keepForEver(event);
    return event.response;
}
